// main of the benchmarks that paint: offscreen, in the theme of a control room.
#include "widgets/controls/theme.h"

#include <QApplication>

#include <benchmark/benchmark.h>

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication app(argc, argv);
    busbar::controls::setTheme(app, busbar::controls::Theme::dark);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
