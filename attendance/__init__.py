"""Who is in the room: today's attendance by scope, codes of auditoriums, scans."""
