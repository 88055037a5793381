"""How a package comes to its receiver, and the receiver's answer back."""
