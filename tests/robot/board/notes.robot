*** Settings ***
Documentation     Tests that write the same table side by side, by SQL and by HTTP.
Resource          board.resource
Suite Setup       Start The Board
Test Template     Only My Own Notes Are There


*** Test Cases ***
Apples Are Noted
    apples

Bread Is Noted
    bread

Cheese Is Noted
    cheese

Dates Are Noted
    dates

Eggs Are Noted
    eggs

Figs Are Noted
    figs
