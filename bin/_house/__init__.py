"""What bin/demo, bin/test and bin/servers share. Standard library only: it runs on a bare Python."""
