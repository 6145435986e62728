"""Groups of options, one file each: every module that declares ``SECTION`` or ``SECTIONS`` is found."""
