"""The layouts there are: every module here named after a state declares one."""

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from states import layouts
from states.layouts.declaration import Layout


def _declared() -> dict[str, Layout]:
    names = (module.name for module in pkgutil.iter_modules(layouts.__path__))
    modules = (
        importlib.import_module(f"{layouts.__name__}.{name}")
        for name in names
        if len(name) == 2
    )
    return {module.LAYOUT.state: module.LAYOUT for module in modules}


LAYOUTS: Mapping[str, Layout] = MappingProxyType(_declared())
