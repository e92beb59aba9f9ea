#include "widgets/views/welcome/welcome_view.h"

#include "widgets/views/parts/ask_file.h"

#include <QApplication>
#include <QClipboard>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

// Three of them fit into the smallest window.
constexpr int kCardWidth = 352;
constexpr int kCardHeight = 400;

// Words from a person inside a shell command: safe characters stay, everything else is quoted.
QString shellWord(const QString& text, const QString& whenEmpty) {
    if (text.isEmpty()) return whenEmpty;
    static const QString kSafe = QStringLiteral("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/=@");
    for (const QChar c : text)
        if (!kSafe.contains(c)) return QLatin1Char('\'') + QString(text).replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\'');
    return text;
}

QVBoxLayout* cardColumn(Surface* card, const QString& title, const QString& text) {
    card->setFixedSize(kCardWidth, kCardHeight);
    auto* column = columnLayout(card, 8);
    column->setContentsMargins(1, 1, 1, 14);
    column->addWidget(makePanelHead(title, nullptr, card));
    auto* words = new Paragraph(text, Tone::secondary, kDensePx, card);
    words->setContentsMargins(14, 4, 14, 0);
    column->addWidget(words);
    return column;
}

QHBoxLayout* padded(QWidget* first, QWidget* second = nullptr) {
    auto* row = rowLayout();
    row->setContentsMargins(14, 0, 14, 0);
    row->addWidget(first, 1);
    if (second != nullptr) row->addWidget(second);
    return row;
}

QLineEdit* readOnlyCommand(QWidget* parent, const QString& name) {
    auto* edit = new QLineEdit(parent);
    edit->setReadOnly(true);
    edit->setFont(monoFace(kDensePx));
    edit->setAccessibleName(name);
    return edit;
}

Button* copyButton(QLineEdit* source, QWidget* parent) {
    auto* button = new Button(QStringLiteral("Copy"), {}, parent);
    QObject::connect(button, &QPushButton::clicked, source, [source] { QApplication::clipboard()->setText(source->text()); });
    return button;
}

} // namespace

QString issueCommand(const QString& user) { return QStringLiteral("busbarctl pki issue --dir CA user %1 --out FOLDER").arg(shellWord(user, QStringLiteral("NAME"))); }

WelcomeView::WelcomeView(QWidget* parent) : Surface(Tone::window, {}, parent), m_problemBox(new Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, this)), m_problem(new Paragraph({}, Tone::text, kBasePx)), m_title(new Line(this)), m_words(new Line(this)) {
    auto* outer = columnLayout(this, 14);
    outer->addStretch(2);
    for (Line* line : {m_title, m_words}) {
        line->setAlignment(Qt::AlignHCenter);
        outer->addWidget(line);
    }
    m_problemBox->setAccent(Qt::LeftEdge, 3, Tone::p2);
    m_problemBox->setFixedWidth(3 * kCardWidth + 2 * 14);
    auto* problemRow = rowLayout(m_problemBox);
    problemRow->setContentsMargins(14, 8, 14, 8);
    problemRow->addWidget(m_problem, 1);
    m_problem->setObjectName(QStringLiteral("problem"));
    auto* problemCentre = rowLayout();
    problemCentre->addStretch(1);
    problemCentre->addWidget(m_problemBox);
    problemCentre->addStretch(1);
    outer->addLayout(problemCentre);
    auto* cards = rowLayout(nullptr, 14);
    cards->addStretch(1);
    cards->addWidget(buildOpenCard());
    cards->addWidget(buildEnrolCard());
    cards->addWidget(buildDemoCard());
    cards->addStretch(1);
    outer->addLayout(cards);
    outer->addStretch(3);
    setProblem({});
    setOpenProfile({});
    showEnrol();
}

void WelcomeView::setOpenProfile(const QString& name) {
    m_title->setRuns({strong(name.isEmpty() ? QStringLiteral("Busbar has no fleet to show yet") : QStringLiteral("Open another profile"), 22)});
    m_words->setRuns({plain(name.isEmpty() ? QStringLiteral("A profile says who you are and where the sites\u2019 controllers answer. Choose one, get one, or look at the demo.")
                                           : QStringLiteral("The fleet of %1 stays open in all windows until another profile is: Backspace goes back to it.").arg(name), Tone::secondary, kBasePx)});
}

QWidget* WelcomeView::buildOpenCard() {
    auto* card = new Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, this);
    auto* column = cardColumn(card, QStringLiteral("Open a profile"), QStringLiteral("A TOML file that names your certificate, its key, the CA and the sites. Profiles in the usual folder are listed here."));
    m_found = new Line(card);
    column->addLayout(padded(m_found));
    m_profiles = new QListWidget(card);
    m_profiles->setObjectName(QStringLiteral("profiles"));
    m_profiles->setAccessibleName(QStringLiteral("profiles found"));
    connect(m_profiles, &QListWidget::itemActivated, this, [this](const QListWidgetItem* item) { Q_EMIT profileChosen(item->text()); });
    column->addLayout(padded(m_profiles), 1);
    auto* open = new Button(QStringLiteral("Open a profile file\u2026"), {}, card);
    open->setObjectName(QStringLiteral("openProfile"));
    connect(open, &QPushButton::clicked, this, [this] {
        askFileToOpen(this, QStringLiteral("Open a profile"), QStringLiteral("Profiles (*.toml)"), [this](const QString& path) { Q_EMIT profileFileChosen(path); });
    });
    column->addLayout(padded(open));
    return card;
}

QWidget* WelcomeView::buildEnrolCard() {
    auto* card = new Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, this);
    auto* column = cardColumn(card, QStringLiteral("Enrol with a site"),
                              QStringLiteral("An admin of the site issues your certificate with the command below and gives you its folder: ca.pem, cert.pem and key.pem. Say where it lies and where the site\u2019s controller answers: the profile is written and opened."));
    auto* form = new QFormLayout;
    form->setContentsMargins(14, 0, 14, 0);
    form->setVerticalSpacing(6);
    const auto field = [&](const QString& label, const QString& name, const QString& hint) {
        auto* edit = new QLineEdit(card);
        edit->setObjectName(name);
        edit->setPlaceholderText(hint);
        edit->setAccessibleName(label);
        auto* words = new Paragraph(label, Tone::secondary, kDensePx, card);
        words->setTextInteractionFlags(Qt::NoTextInteraction);
        words->setWordWrap(false);
        form->addRow(words, edit);
        connect(edit, &QLineEdit::textChanged, this, &WelcomeView::showEnrol);
        return edit;
    };
    m_profileName = field(QStringLiteral("Profile"), QStringLiteral("enrolProfile"), QStringLiteral("how you will call it"));
    m_site = field(QStringLiteral("Site"), QStringLiteral("enrolSite"), QStringLiteral("fra1"));
    m_address = field(QStringLiteral("Address"), QStringLiteral("enrolAddress"), QStringLiteral("host:port of the controller"));
    m_folder = field(QStringLiteral("Folder"), QStringLiteral("enrolFolder"), QStringLiteral("with the three files"));
    column->addLayout(form);
    auto* choose = new Button(QStringLiteral("Choose the folder\u2026"), {}, card);
    connect(choose, &QPushButton::clicked, this, [this] { askFolder(this, QStringLiteral("Folder of your certificate"), [this](const QString& folder) { m_folder->setText(folder); }); });
    m_enrol = new Button(QStringLiteral("Write the profile and open it"), {}, card);
    m_enrol->setObjectName(QStringLiteral("enrol"));
    connect(m_enrol, &QPushButton::clicked, this, [this] { Q_EMIT enrolRequested(enrolIntent()); });
    column->addLayout(padded(choose, m_enrol));
    column->addStretch(1);
    m_command = readOnlyCommand(card, QStringLiteral("command with which an admin issues your certificate"));
    column->addLayout(padded(m_command, copyButton(m_command, card)));
    return card;
}

QWidget* WelcomeView::buildDemoCard() {
    auto* card = new Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, this);
    auto* column = cardColumn(card, QStringLiteral("Start the demo"),
                              QStringLiteral("Two site controllers, an agent for this very machine, and thousands of replayed and simulated GPUs, on this computer alone. The command installs what it needs, builds, and opens this console on its fleet; Ctrl-C ends all of it. It also writes the profiles demo, demo-approver and demo-viewer."));
    column->addStretch(1);
    m_demo = readOnlyCommand(card, QStringLiteral("command that starts the demo"));
    m_demo->setObjectName(QStringLiteral("demoCommand"));
    column->addLayout(padded(m_demo, copyButton(m_demo, card)));
    return card;
}

void WelcomeView::setProblem(const QString& sentence) {
    m_problem->setText(sentence);
    m_problemBox->setVisible(!sentence.isEmpty());
}

QString WelcomeView::problem() const { return m_problem->text(); }

void WelcomeView::setProfiles(const QStringList& names, const QString& directory) {
    m_profiles->clear();
    m_profiles->addItems(names);
    m_found->setRuns({plain(names.isEmpty() ? QStringLiteral("none in %1").arg(directory) : QStringLiteral("in %1").arg(directory), Tone::muted)});
}

void WelcomeView::setDemoCommand(const QString& command) { m_demo->setText(command); }

EnrolIntent WelcomeView::enrolIntent() const { return {m_profileName->text().trimmed(), m_site->text().trimmed(), m_address->text().trimmed(), m_folder->text().trimmed()}; }

void WelcomeView::showEnrol() {
    const EnrolIntent intent = enrolIntent();
    m_enrol->setEnabled(!intent.profile.isEmpty() && !intent.site.isEmpty() && !intent.address.isEmpty() && !intent.folder.isEmpty());
    m_command->setText(issueCommand(intent.profile));
    m_command->setCursorPosition(0);
}

} // namespace busbar::views
