#include "busbar/options.h"

#include <QCommandLineParser>

namespace busbar::console {

namespace {

const QString kProfile = QStringLiteral("profile"), kView = QStringLiteral("view"), kCapture = QStringLiteral("capture"), kSize = QStringLiteral("size"),
              kTheme = QStringLiteral("theme"), kPlatform = QStringLiteral("platform"), kHelp = QStringLiteral("help"), kVersion = QStringLiteral("version");

void addOptions(QCommandLineParser& parser) {
    parser.setSingleDashWordOptionMode(QCommandLineParser::ParseAsLongOptions);
    parser.setApplicationDescription(QStringLiteral("Busbar: operations console for a GPU cloud"));
    parser.addOptions({
        {kProfile, QStringLiteral("Profile to open: a name, or a file. Default: $BUSBAR_PROFILE, or the only one."), QStringLiteral("NAME|FILE")},
        {kView, QStringLiteral("First view: overview, heatmap, nodes, actions or node:SITE/NAME."), QStringLiteral("VIEW")},
        {kCapture, QStringLiteral("Wait until every site has data, write a picture of the window and end. Exit status: 0 written; 1 unknown node, or it cannot be written; 2 usage; 3 a site gave no data in 20 s."), QStringLiteral("FILE.png")},
        {kSize, QStringLiteral("Size of the picture. Default: 1920x1080."), QStringLiteral("WxH")},
        {kTheme, QStringLiteral("dark, light or system, for this run. Default: as set in the settings."), QStringLiteral("THEME")},
        {kPlatform, QStringLiteral("Platform plugin of Qt: xcb, wayland, offscreen …"), QStringLiteral("NAME")},
        {{QStringLiteral("h"), kHelp}, QStringLiteral("This help.")},
        {kVersion, QStringLiteral("The version.")},
    });
}

StatusOr<QSize> parseSize(const QString& text) {
    const QStringList parts = text.toLower().split(QLatin1Char('x'));
    bool wide = false, high = false;
    const QSize size(parts.value(0).toInt(&wide), parts.value(1).toInt(&high));
    if (parts.size() != 2 || !wide || !high) return invalid("'{}' is no size: it is WIDTHxHEIGHT, for instance 1920x1080", text.toStdString());
    if (size.expandedTo(kSmallestPicture) != size || size.boundedTo(kLargestPicture) != size)
        return invalid("the size {} is not between {}x{} and {}x{}", text.toStdString(), kSmallestPicture.width(), kSmallestPicture.height(), kLargestPicture.width(), kLargestPicture.height());
    return size;
}

} // namespace

StatusOr<Options> parseOptions(const QStringList& arguments) {
    QCommandLineParser parser;
    addOptions(parser);
    if (!parser.parse(QStringList{QStringLiteral("busbar")} + arguments)) return invalid("{}", parser.errorText().toStdString());
    Options options;
    options.help = parser.isSet(kHelp);
    options.version = parser.isSet(kVersion);
    if (options.help || options.version) return options;
    if (!parser.positionalArguments().isEmpty()) return invalid("'{}' is not expected: everything is given by options", parser.positionalArguments().first().toStdString());
    options.profile = parser.value(kProfile);
    options.captureFile = parser.value(kCapture);
    options.platform = parser.value(kPlatform);
    if (parser.isSet(kView)) {
        auto where = parseViewRef(parser.value(kView));
        if (!where.ok()) return where.status();
        options.where = *std::move(where);
    }
    if (parser.isSet(kSize)) {
        if (options.captureFile.isEmpty()) return invalid("--size is the size of a picture: give --capture FILE.png as well");
        const auto size = parseSize(parser.value(kSize));
        if (!size.ok()) return size.status();
        options.size = *size;
    }
    if (parser.isSet(kTheme)) {
        options.theme = parseThemeChoice(parser.value(kTheme));
        if (!options.theme) return invalid("there is no theme '{}': it is dark, light or system", parser.value(kTheme).toStdString());
    }
    return options;
}

QString helpText() {
    QCommandLineParser parser;
    addOptions(parser);
    return parser.helpText();
}

} // namespace busbar::console
