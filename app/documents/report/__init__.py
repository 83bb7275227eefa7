"""The report an office owes for a period: one content, written as DOCX and as PDF.

It is an official paper, so it is in Vietnamese whatever language its reader chose.
"""
