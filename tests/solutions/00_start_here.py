SOLUTIONS = {
    "change_of_gdp": "-5",
}

WRONG = {
    "change_of_gdp": "10",
}
