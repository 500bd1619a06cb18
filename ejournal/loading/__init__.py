"""The workbook: reads sheets, shows the difference, calls each app's own services in order."""
