"""Tests of airlock, in four layers, and the stand-in upstream that they run against."""
