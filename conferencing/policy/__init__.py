"""Who may do what in a conference, and what each receiver is shown. Pure: values, commands and `now`."""
