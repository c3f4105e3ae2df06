"""The derivative as a thing to look at: coloured text, a page, a picture.

Nothing here is needed to differentiate; the libraries that draw are those of the extra `display`
and are imported when something is drawn.
"""
