"""Which names of Qt, CTK and MRML's Qt classes Slicer has, and checks of sources against them."""
