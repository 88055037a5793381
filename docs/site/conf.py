"""How Sphinx makes the site of `make docs`: one folder that opens without a server and without a network."""

project = "mentor-dw"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "mentor-dw"
html_static_path: list[str] = []
html_show_copyright = False
html_copy_source = False
# Links such as figures.md#what-stands-behind-a-number.
myst_heading_anchors = 4
# Pages that are made elsewhere and copied beside these.
html_extra_path = ["made"]
