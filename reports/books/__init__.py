"""A report as it is read: said once in one language, and then rendered as a page, a PDF, a workbook or a sheet.

A book holds words, numbers and days; no rule and no question to the store. What may be shown was decided before
(threat A4): a renderer never asks for anything.
"""
