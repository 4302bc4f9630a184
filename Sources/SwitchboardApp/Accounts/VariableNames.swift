import Messaging

/// The names of an account's variables.
struct VariableNames {
    private let prefix: String
    /// Without comments.
    private let yaml: String
    private let environment: SettingsEnvironment

    /// `prefix` is made of adapter and account; `yaml` is the text of the settings, whose comments may name variables too.
    init(prefix: String, yaml: String, environment: SettingsEnvironment) {
        let name = prefix.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        // A name that begins with a digit gets a word in front.
        self.prefix = (name.first?.isNumber == true ? "ACCOUNT_" : "") + String(name)
        self.yaml = yaml.split(whereSeparator: \.isNewline).filter { !$0.drop(while: \.isWhitespace).hasPrefix("#") }.joined(
            separator: "\n")
        self.environment = environment
    }

    /// `WHATSAPP_CLOUD_MAIN_SECRET`, with a number if this variable is used for something else or has a value of another form.
    func name<Value>(_ end: String, as form: ScalarForm<Value>) -> String {
        let name = "\(prefix)_\(end)"
        return isFree(name, form) ? name : (2...).lazy.map { "\(name)_\($0)" }.first { isFree($0, form) } ?? name
    }

    private func isFree<Value>(_ name: String, _ form: ScalarForm<Value>) -> Bool {
        guard environment[name] != nil else { return true }
        guard let value = environment.valueOfFile(name), !yaml.contains("${\(name)}"), !yaml.contains("${\(name):") else { return false }
        return value.isEmpty || form.read(value) != nil
    }
}
