*** Settings ***
Documentation       What the shop promises, and what IntegrationLibrary promises to those who test it.

Library             IntegrationLibrary
