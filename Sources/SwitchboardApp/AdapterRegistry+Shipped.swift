import Dialog360
import Kiosk
import Twilio
import WebChat
import WhatsAppCloud

extension AdapterRegistry {
    /// The adapters of this program; each new channel adds a line.
    public static let shipped = AdapterRegistry([
        WhatsAppCloudAdapter.self,
        WebChatAdapter.self,
        KioskAdapter.self,
        Dialog360Adapter.self,
        TwilioAdapter.self,
    ])
}
