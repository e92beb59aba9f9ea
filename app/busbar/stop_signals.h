// SIGINT, SIGTERM and SIGHUP as an orderly end: the windows' state is saved. GUI thread only.
#pragma once

#include <functional>

class QObject;

namespace busbar::console {

/// From now on the signals call `stop` in the event loop, instead of ending the process at once. Once a process.
void onStopSignals(QObject* owner, std::function<void()> stop);

} // namespace busbar::console
