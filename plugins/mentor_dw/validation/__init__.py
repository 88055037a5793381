"""What a delivery's rows are judged by, and the verdict on them."""
