"""What exists without people: structure, curriculum, calendar, and the settings with scope and date."""
