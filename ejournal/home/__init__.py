"""What every page shares: middleware, the first page, health, the admin's door. It knows every app."""
