import CScripts

/// The scripts of Config/supabase, which are embedded in the program.
enum EmbeddedScript {
    /// A script by its file's name, which `make migration` must have registered.
    static func text(_ file: String) -> String {
        var length = 0
        guard let bytes = cscripts_text(file, &length) else {
            preconditionFailure("\(file) is not in the program: make migration enters it")
        }
        return String(decoding: UnsafeBufferPointer(start: bytes, count: length), as: UTF8.self)
    }
}
