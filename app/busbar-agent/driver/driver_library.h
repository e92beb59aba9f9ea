// Finding and loading one of the driver's libraries. No state.
#pragma once

#include "base/status.h"

#include <initializer_list>
#include <memory>
#include <string>

namespace busbar::agent {

/// Name of a symbol by which a library says that it is a simulation.
inline constexpr const char* kSimulationMark = "busbar_simulated_driver";

struct DriverLibrary {
    std::shared_ptr<void> handle;
    std::string path;
};

/// Loads `path`, or when empty `name` by the loader's own search (its cache), then from $BUSBAR_DRIVER_PATH, /usr/local/nvidia/lib64 and where
/// distributions put it.
/// NotFound "no <what>: <name> not found".
StatusOr<DriverLibrary> loadDriverLibrary(const std::string& path, const char* name, const char* what);

void* symbolOf(void* library, const char* name);

/// The first of `names` that the library has; null when it has none.
template <typename Function>
void bindSymbol(void* library, Function& function, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        function = reinterpret_cast<Function>(symbolOf(library, name));
        if (function != nullptr) return;
    }
}

} // namespace busbar::agent
