#include "widgets/views/plan/lease_part.h"

#include "base/clock.h"
#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/plan/form_values.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

// The wire's bounds (models/wire/verb_codec.cpp); what a device itself can do, its driver says in the plan or the step.
constexpr std::int64_t kMostWatts = 10'000, kMostMhz = 10'000;
constexpr int kLongestText = 63;
/// NVML's compute modes that a lease can ask for, beside "as it is".
constexpr std::uint32_t kComputeDefault = 0, kComputeExclusive = 3;

std::optional<bool> onOff(const QComboBox* box) { return box->currentIndex() == 0 ? std::nullopt : std::optional(box->currentIndex() == 1); }
int indexOf(const std::optional<bool>& value) { return !value ? 0 : *value ? 1 : 2; }
QString numberText(const std::optional<std::int64_t>& value) { return value ? QString::number(*value) : QString(); }

} // namespace

namespace {

// Never cut: a field without its whole name is a guess.
void addLabel(QGridLayout* grid, int row, int column, const QString& text) {
    auto* label = new Line(nullptr, {plain(text, Tone::text, kBasePx)});
    label->setMinimumWidth(label->sizeHint().width());
    grid->addWidget(label, row, column);
}

} // namespace

LeasePart::LeasePart(QWidget* parent) : FormPart(parent) {
    auto* column = columnLayout(this);
    buildWho(column);
    buildSettings(column);
    column->addWidget(makeRule(this));
    check();
}

QLineEdit* LeasePart::addField(QGridLayout* grid, int row, int column, const QString& label, const char* name, const QString& hint, Line** told) {
    auto* field = new QLineEdit(this);
    field->setObjectName(QLatin1String(name));
    field->setAccessibleName(label);
    field->setPlaceholderText(hint);
    field->setMaxLength(kLongestText);
    *told = new Line(this);
    (*told)->setObjectName(QLatin1String(name) + QStringLiteral("Told"));
    (*told)->setLineHeight(18);
    addLabel(grid, row, column, label);
    grid->addWidget(field, row, column + 1);
    grid->addWidget(*told, row + 1, column, 1, 2);
    connect(field, &QLineEdit::textChanged, this, [this] {
        check();
        Q_EMIT edited();
    });
    return field;
}

QComboBox* LeasePart::addChoice(QGridLayout* grid, int row, int column, const QString& label, const char* name, const QStringList& choices) {
    auto* box = new QComboBox(this);
    box->setObjectName(QLatin1String(name));
    box->setAccessibleName(label);
    box->addItem(QStringLiteral("as it is"));
    box->addItems(choices);
    // As wide as the grid lets it be: by its longest choice the form would be wider than a small window.
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(6);
    addLabel(grid, row, column, label);
    grid->addWidget(box, row, column + 1);
    connect(box, &QComboBox::currentIndexChanged, this, &FormPart::chosen);
    return box;
}

void LeasePart::buildWho(QVBoxLayout* column) {
    column->addWidget(makeSection(QStringLiteral("Lease"), QStringLiteral("who gets them, and for how long"), this));
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(2);
    grid->setColumnStretch(1, 3);
    grid->setColumnStretch(3, 2);
    m_tenant = addField(grid, 0, 0, QStringLiteral("Tenant"), "tenant", QStringLiteral("name"), &m_tenantTold);
    m_until = addField(grid, 0, 2, QStringLiteral("Until"), "until", QStringLiteral("14d or 2026-12-31"), &m_untilTold);
    column->addLayout(grid);
    m_allOrNothing = new QCheckBox(QStringLiteral("all of them or nothing (else: as many as fit)"), this);
    m_allOrNothing->setObjectName(QStringLiteral("allOrNothing"));
    m_allOrNothing->setFixedHeight(24);
    m_allOrNothing->setToolTip(QStringLiteral("where one of the nodes is refused, none is leased"));
    column->addWidget(m_allOrNothing);
    connect(m_allOrNothing, &QCheckBox::toggled, this, &FormPart::chosen);
}

void LeasePart::buildSettings(QVBoxLayout* column) {
    column->addWidget(makeSection(QStringLiteral("Settings"), QStringLiteral("each is set, then read back"), this));
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(2);
    grid->setColumnStretch(1, 1);
    grid->setColumnStretch(3, 1);
    const QString asItIs = QStringLiteral("as it is");
    m_power = addField(grid, 0, 0, QStringLiteral("Power cap, W"), "powerCap", asItIs, &m_powerTold);
    m_clock = addField(grid, 0, 2, QStringLiteral("SM clock, MHz"), "lockedClock", asItIs, &m_clockTold);
    const QStringList states{QStringLiteral("on"), QStringLiteral("off")};
    m_computeMode = addChoice(grid, 2, 0, QStringLiteral("Compute mode"), "computeMode", {QStringLiteral("default"), QStringLiteral("exclusive process")});
    m_persistence = addChoice(grid, 2, 2, QStringLiteral("Persistence"), "persistence", states);
    m_mig = addChoice(grid, 3, 0, QStringLiteral("MIG"), "mig", states);
    m_ecc = addChoice(grid, 3, 2, QStringLiteral("ECC"), "ecc", states);
    column->addLayout(grid);
}

void LeasePart::check() {
    if (m_ecc == nullptr) return; // still being built
    tellField(m_tenantTold, m_tenant, m_tenant->text().isEmpty() ? absl::OkStatus() : parseTenant(m_tenant->text()).status(), m_tenant->text().isEmpty() ? QStringLiteral("required") : QString());
    const auto until = parseUntil(m_until->text(), systemClock().wallMs());
    tellField(m_untilTold, m_until, until.status(), !until.ok() ? QString() : *until == 0 ? QStringLiteral("open-ended") : QStringLiteral("until %1 UTC").arg(dayText(*until)));
    tellField(m_powerTold, m_power, parseWhole(m_power->text(), QStringLiteral("W"), 1, kMostWatts).status(), QStringLiteral("per GPU"));
    tellField(m_clockTold, m_clock, parseWhole(m_clock->text(), QStringLiteral("MHz"), 1, kMostMhz).status(), QStringLiteral("locked"));
}

QString LeasePart::problem() const {
    const Status found[] = {parseTenant(m_tenant->text()).status(), parseUntil(m_until->text(), systemClock().wallMs()).status(), parseWhole(m_power->text(), QStringLiteral("W"), 1, kMostWatts).status(),
                            parseWhole(m_clock->text(), QStringLiteral("MHz"), 1, kMostMhz).status()};
    const char* const fields[] = {"Tenant", "Until", "Power cap", "SM clock"};
    for (std::size_t i = 0; i < std::size(found); ++i)
        if (!found[i].ok()) return QStringLiteral("%1: %2").arg(QLatin1String(fields[i]), toQt(sentenceOf(found[i])));
    return {};
}

void LeasePart::setRequest(const PlanRequest& request) {
    const QSignalBlocker quiet(this);
    const VerbDetails& details = request.details;
    m_tenant->setText(toQt(details.tenant));
    m_allOrNothing->setChecked(request.allOrNothing);
    m_until->setText(details.untilWallMs > 0 ? dayText(details.untilWallMs) : QString());
    m_power->setText(numberText(details.settings.powerLimitWatts));
    m_clock->setText(numberText(details.settings.lockedClockMhz));
    const auto& mode = details.settings.computeMode;
    m_computeMode->setCurrentIndex(!mode ? 0 : *mode == kComputeDefault ? 1 : 2);
    m_persistence->setCurrentIndex(indexOf(details.settings.persistence));
    m_mig->setCurrentIndex(indexOf(details.settings.mig));
    m_ecc->setCurrentIndex(indexOf(details.settings.ecc));
    check();
}

void LeasePart::fill(PlanRequest& request) const {
    VerbDetails& details = request.details;
    request.allOrNothing = m_allOrNothing->isChecked();
    details.tenant = toStd(m_tenant->text().trimmed());
    details.untilWallMs = parseUntil(m_until->text(), systemClock().wallMs()).value_or(0);
    GpuSettings& settings = details.settings;
    settings.powerLimitWatts = parseWhole(m_power->text(), QStringLiteral("W"), 1, kMostWatts).value_or(std::nullopt);
    settings.lockedClockMhz = parseWhole(m_clock->text(), QStringLiteral("MHz"), 1, kMostMhz).value_or(std::nullopt);
    settings.computeMode = m_computeMode->currentIndex() == 0 ? std::nullopt : std::optional(m_computeMode->currentIndex() == 1 ? kComputeDefault : kComputeExclusive);
    settings.persistence = onOff(m_persistence);
    settings.mig = onOff(m_mig);
    settings.ecc = onOff(m_ecc);
}

} // namespace busbar::views
