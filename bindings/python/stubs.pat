# bindings/python/stubs.pat: signatures in _core.pyi of what stands in raw type slots, which carry none.

Array.__getitem__$:
    def __getitem__(self, key: Any, /) -> Any: ...

Array.__setitem__$:
    def __setitem__(self, key: Any, value: Any, /) -> None: ...

Array.__delitem__$:

Array.__iter__$:
    def __iter__(self) -> Iterator[Any]: ...
    \from collections.abc import Iterator

Array.__len__$:
    def __len__(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

# Python 3.12 and newer has these by itself; above they are for all.
Array.__buffer__$:

Array.__release_buffer__$:

WritableBuffer.__buffer__$:

WritableBuffer.__release_buffer__$:

WritableBuffer.close$:
    def close(self) -> None:
        \doc
    def __buffer__(self, flags: int, /) -> memoryview: ...

Kernel.__getitem__$:
    def __getitem__(self, key: tuple[Any, ...], /) -> ConfiguredKernel: ...

ConfiguredKernel.__call__$:
    def __call__(self, *arguments: Any, after: Iterable[Operation] | None = None) -> Operation: ...
