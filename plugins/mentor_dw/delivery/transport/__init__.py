"""The way to the receiver and back: SFTP, resumed after a break, and the receipts that answer."""
