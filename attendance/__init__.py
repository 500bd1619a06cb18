"""Who is in the room: today's attendance by scope; room codes and scans stand here later."""
