// cmake/empty.cpp: a source for targets that consist of other targets' objects.
