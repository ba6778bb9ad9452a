"""What people attach: read by its content, made anew, and kept under its digest."""
