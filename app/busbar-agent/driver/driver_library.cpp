#include "busbar-agent/driver/driver_library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

namespace busbar::agent {

void* symbolOf(void* library, const char* name) { return dlsym(library, name); }

StatusOr<DriverLibrary> loadDriverLibrary(const std::string& path, const char* name, const char* what) {
    std::vector<std::string> candidates;
    if (path.empty()) {
        candidates.emplace_back(name);
        if (const char* folder = std::getenv("BUSBAR_DRIVER_PATH"); folder != nullptr && *folder != '\0') candidates.push_back(std::string(folder) + "/" + name);
        for (const char* folder : {"/usr/local/nvidia/lib64/", "/usr/lib/x86_64-linux-gnu/", "/usr/lib64/", "/usr/lib/wsl/lib/", "/run/opengl-driver/lib/"}) candidates.push_back(std::string(folder) + name);
    } else {
        candidates.push_back(path);
    }
    std::string why;
    // The driver leaves threads and handlers behind: its code must stay mapped (RTLD_NODELETE) whatever becomes of the handle.
    for (const std::string& candidate : candidates) {
        if (void* library = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) return DriverLibrary{std::shared_ptr<void>(library, [](void* handle) { dlclose(handle); }), candidate};
        // A library that is there and cannot be used says more than one that is not.
        if (const char* error = dlerror(); error != nullptr && (why.empty() || std::string(error).find("No such file") == std::string::npos)) why = error;
    }
    if (!path.empty()) return notFound("no {}: {} cannot be loaded: {}", what, path, why);
    if (!why.empty() && why.find("No such file") == std::string::npos) return notFound("no {}: {}", what, why);
    return notFound("no {}: {} not found", what, name);
}

} // namespace busbar::agent
