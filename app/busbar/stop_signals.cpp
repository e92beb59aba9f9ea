#include "busbar/stop_signals.h"

#include <QSocketNotifier>

#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace busbar::console {

void onStopSignals(QObject* owner, std::function<void()> stop) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
    // Threads made later inherit the mask: only the descriptor sees the signals.
    if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return;
    const int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor < 0) return;
    auto* notifier = new QSocketNotifier(descriptor, QSocketNotifier::Read, owner);
    QObject::connect(notifier, &QSocketNotifier::activated, owner, [descriptor, stop = std::move(stop)] {
        signalfd_siginfo info;
        if (read(descriptor, &info, sizeof info) == sizeof info) stop();
    });
}

} // namespace busbar::console
