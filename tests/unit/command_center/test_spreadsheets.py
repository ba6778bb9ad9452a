"""Files for a spreadsheet: what would be a formula stays a text, and nothing stays nothing."""

from command_center.spreadsheets import as_csv


def test_a_text_is_never_a_formula_and_an_empty_one_stays_empty() -> None:
    rows = as_csv([["name", "site", "n"], ["=1+1", "", None], ["@a", "院", -1]]).decode("utf-8-sig")
    assert rows.splitlines() == ["name,site,n", "'=1+1,,", "'@a,院,-1"]
