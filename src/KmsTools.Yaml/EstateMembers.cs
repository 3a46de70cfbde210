namespace KmsTools.Yaml;

/// <summary>The members that the parts of an estate have, by the names that the JSON Schema has for these parts.</summary>
internal static class EstateMembers
{
    /// <summary>The members of each part, in the order in which they are written.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> All = new Dictionary<string, string[]>
    {
        ["estate"] = ["version", "clusters", "keyStores", "keys", "alarms"],
        ["cluster"] = ["id", "library", "tokens", "trustAnchorCertificate", "highAvailability", "managePassword", "commandsFromElsewhere", "pin", "pinFrom"],
        ["token"] = ["label", "library", "uri"],
        ["pinFrom"] = ["environment", "file", "prompt"],
        ["keyStore"] = ["name", "region", "cluster", "connected"],
        ["key"] =
        [
            "id", "region", "aliases", "description", "spec", "usage", "origin", "material", "multiRegion", "keyStore", "enabled",
            "rotation", "policy", "bypassPolicyLockoutSafetyCheck", "tags", "grants", "replicas",
        ],
        ["replica"] = ["region", "aliases", "description", "enabled", "policy", "bypassPolicyLockoutSafetyCheck", "tags", "grants"],
        ["material"] = ["hex", "base64"],
        ["rotation"] = ["enabled", "periodInDays"],
        ["grant"] = ["name", "grantee", "granteeService", "retiring", "retiringService", "operations", "constraints"],
        ["constraints"] = ["encryptionContextSubset", "encryptionContextEquals", "sourceArn"],
        ["alarm"] = ["name", "event", "region", "key", "keyStore", "threshold"],
    };

    /// <summary>What to say of members that somebody may expect a part to have.</summary>
    public static readonly IReadOnlyDictionary<(string Part, string Member), (string Reason, ErrorCause Cause)> Missing = new Dictionary<(string, string), (string, ErrorCause)>
    {
        [("alarm", "action")] = ("An action is code, and a file may come from somebody else.", ErrorCause.AlarmAction),
    };
}
