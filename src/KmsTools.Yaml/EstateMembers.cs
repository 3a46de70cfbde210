namespace KmsTools.Yaml;

/// <summary>The members that the parts of an estate have, by the names that the JSON Schema has for these parts.</summary>
internal static class EstateMembers
{
    /// <summary>The members of each part, in the order in which they are written.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> All = new Dictionary<string, string[]>
    {
        ["estate"] = ["version", "clusters", "keyStores", "keys"],
        ["cluster"] = ["id", "library", "tokens", "trustAnchorCertificate", "pin", "pinFrom"],
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
    };
}
