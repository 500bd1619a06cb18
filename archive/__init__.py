"""Books, registers, hand-over and retention. A room with its lease signed: nothing is archived before a year ends."""
