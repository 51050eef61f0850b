"""What people read: tables in the terminal and as Markdown, and files to go on with."""
