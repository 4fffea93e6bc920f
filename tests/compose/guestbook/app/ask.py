"""Ends well when a URL answers."""

import sys
import urllib.request

urllib.request.urlopen(sys.argv[1], timeout=5)
