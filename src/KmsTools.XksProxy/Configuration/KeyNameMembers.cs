using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>What parts that name a key in a token have in common.</summary>
internal static class KeyNameMembers
{
    public const string Label = "label";
    public const string CkaId = "ckaId";
    public const string Uri = "uri";

    public const string LabelDescription = "The label of the key in the token (CKA_LABEL).";
    public const string CkaIdDescription = "The CKA_ID of the key in the token, in hexadecimal digits.";
    public const string UriDescription = "The PKCS#11 URI of the key, with object, id or both: pkcs11:object=orders;id=%01.";

    /// <summary>The rule that one of them is given, as JSON Schema.</summary>
    public const string Rules = """
        { "oneOf": [{ "required": ["label"] }, { "required": ["ckaId"] }, { "required": ["uri"] }] }
        """;

    /// <summary>The type of a CKA_ID.</summary>
    public static readonly TextFormat CkaIdFormat = new(TextFormat.Any)
    {
        Pattern = "([0-9a-fA-F]{2}){1,128}",
        Refusal = static text => $"'{Texts.Shown(text)}' is not a CKA_ID: write its bytes in hexadecimal digits, as in \"01ab\".",
    };

    /// <summary>The type of a PKCS#11 URI.</summary>
    public static readonly TextFormat UriFormat = new("string") { Prefix = "[pP][kK][cC][sS]11:" };

    /// <summary>Requires one of the three.</summary>
    public static void Check(YamlObject given)
    {
        string[] names = [.. new[] { Label, CkaId, Uri }.Where(given.Has)];
        if (names.Length != 1)
        {
            given.Error(
                names.Length == 0 ? given.Position : given.PositionOf(names[1]),
                "Name the key in the token by one of label, ckaId and uri.");
        }
    }
}
