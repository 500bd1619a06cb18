"""What people are told: notifications now; letters, news, forum and requests for help stand here later."""
