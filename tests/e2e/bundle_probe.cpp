// Started as a program of the node bundle: says for each library that it is given which file the loader takes. As a module it is such a library.
#include <dlfcn.h>
#include <link.h>

#include <cstdio>

int main(int count, char** words) {
    for (int i = 1; i < count; ++i) {
        link_map* map = nullptr;
        void* library = dlopen(words[i], RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) std::printf("%s: %s\n", words[i], dlerror());
        else std::printf("%s\n", map->l_name);
    }
    return 0;
}
