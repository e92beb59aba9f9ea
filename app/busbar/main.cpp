// busbar: the console. Exit status: 0 ended or picture written; 1 it cannot start, unknown node, picture not written; 2 usage; 3 a site
// gave no data for the picture.
#include "busbar/capture.h"
#include "busbar/console.h"
#include "busbar/options.h"
#include "busbar/stop_signals.h"
#include "busbar/window.h"

#include <QApplication>
#include <QIcon>
#include <QSettings>
#include <QStyleFactory>

#include <cstdlib>
#include <cstdio>

using namespace busbar;
using namespace busbar::console;

namespace {

enum Exit { kFailed = 1, kUsage = 2 };

int complain(int exitCode, const QString& sentence) {
    std::fprintf(stderr, "busbar: %s\n", qPrintable(sentence));
    return exitCode;
}

// A picture needs no display. True when there is a platform to start on.
bool choosePlatform(const Options& options) {
    const auto set = [](const char* name) { return !qEnvironmentVariableIsEmpty(name); };
    if (!options.platform.isEmpty() || set("QT_QPA_PLATFORM") || set("DISPLAY") || set("WAYLAND_DISPLAY")) return true;
    qputenv("QT_QPA_PLATFORM", "offscreen");
    return !options.captureFile.isEmpty();
}

int capture(QApplication& application, Console& busbar, const Options& options) {
    const Status opened = busbar.openProfile(options.profile);
    if (!opened.ok()) return complain(kFailed, opened.message().empty() ? QStringLiteral("no profile was named, and there is not exactly one: give --profile NAME") : QString::fromStdString(std::string(opened.message())));
    Window& window = busbar.openPlainWindow(options.size);
    const ViewRef where = options.where.value_or(ViewRef{});
    window.goTo(where);
    window.frame().show();
    Capture job(*busbar.live(), window, where, options.captureFile);
    QString sentence;
    QObject::connect(&job, &Capture::finished, &application, [&sentence](int exitCode, const QString& why) {
        sentence = why;
        QCoreApplication::exit(exitCode);
    }, Qt::QueuedConnection);
    const int exitCode = QApplication::exec();
    return sentence.isEmpty() ? exitCode : complain(exitCode, sentence);
}

int show(Console& busbar, const Options& options) {
    onStopSignals(&busbar, [&busbar] { busbar.quit(); });
    // What stands against it is said on the welcome screen.
    busbar.openProfile(options.profile).IgnoreError();
    if (options.where) busbar.openWindow(&*options.where);
    else busbar.restoreWindows();
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv) {
    setenv("GRPC_VERBOSITY", "NONE", 0); // gRPC's own lines say less than ours, and go to the user's terminal.
    QStringList arguments;
    for (int i = 1; i < argc; ++i) arguments << QString::fromLocal8Bit(argv[i]);
    const auto options = parseOptions(arguments);
    if (!options.ok()) return complain(kUsage, QString::fromStdString(std::string(options.status().message())) + QStringLiteral("; busbar --help shows the options"));
    if (options->help) {
        const QCoreApplication application(argc, argv);
        std::fputs(qPrintable(helpText()), stdout);
        return 0;
    }
    if (options->version) {
        std::puts("busbar " BUSBAR_VERSION);
        return 0;
    }
    if (!choosePlatform(*options)) return complain(kFailed, QStringLiteral("there is no display: set DISPLAY or WAYLAND_DISPLAY, or give --capture FILE.png for a picture"));
    QApplication application(argc, argv);
    QCoreApplication::setOrganizationName(QStringLiteral("busbar"));
    QCoreApplication::setApplicationName(QStringLiteral("console"));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Busbar"));
    QGuiApplication::setDesktopFileName(QStringLiteral("busbar"));
    QGuiApplication::setWindowIcon(QIcon(QStringLiteral(":/busbar/icons/busbar.svg")));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    const QPalette desktop = QGuiApplication::palette();
    QSettings settings;
    Console busbar(application, settings, desktop);
    if (options->theme) busbar.setTheme(*options->theme, false);
    return options->captureFile.isEmpty() ? show(busbar, *options) : capture(application, busbar, *options);
}
