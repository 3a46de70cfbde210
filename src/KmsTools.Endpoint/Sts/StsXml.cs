using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using KmsTools.Sts;

namespace KmsTools.Endpoint.Sts;

/// <summary>Writes the answers of AWS STS, with their members in the order of its model.</summary>
internal static class StsXml
{
    /// <summary>The version of the API.</summary>
    public const string Version = "2011-06-15";

    private static readonly XNamespace Namespace = $"https://sts.amazonaws.com/doc/{Version}/";

    /// <summary>The answer to an operation.</summary>
    public static XElement Answer(string operation, string requestId, params IEnumerable<XElement?> result) => new(
        Namespace + (operation + "Response"),
        new XElement(Namespace + (operation + "Result"), result),
        new XElement(Namespace + "ResponseMetadata", new XElement(Namespace + "RequestId", requestId)));

    public static XElement?[] Of(AssumeRoleResponse response) =>
    [
        Of(response.Credentials),
        new XElement(
            Namespace + "AssumedRoleUser", Text("AssumedRoleId", response.AssumedRoleId), Text("Arn", response.Arn)),
        Number("PackedPolicySize", response.PackedPolicySize),
        response.SourceIdentity is { } sourceIdentity ? Text("SourceIdentity", sourceIdentity) : null,
    ];

    public static XElement?[] Of(GetSessionTokenResponse response) => [Of(response.Credentials)];

    public static XElement?[] Of(GetFederationTokenResponse response) =>
    [
        Of(response.Credentials),
        new XElement(
            Namespace + "FederatedUser", Text("FederatedUserId", response.FederatedUserId), Text("Arn", response.Arn)),
        Number("PackedPolicySize", response.PackedPolicySize),
    ];

    public static XElement?[] Of(GetCallerIdentityResponse response) =>
        [Text("Arn", response.Arn), Text("UserId", response.UserId), Text("Account", response.Account)];

    /// <summary>The answer to a call that is refused.</summary>
    public static XElement Error(string type, string code, string message, string requestId) => new(
        Namespace + "ErrorResponse",
        new XElement(Namespace + "Error", Text("Type", type), Text("Code", code), Text("Message", message)),
        Text("RequestId", requestId));

    private static XElement Of(TemporaryCredentials credentials) => new(
        Namespace + "Credentials",
        Text("AccessKeyId", credentials.AccessKeyId),
        Text("SecretAccessKey", credentials.SecretAccessKey),
        Text("SessionToken", credentials.SessionToken),
        Text("Expiration", credentials.Expiration.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));

    // A text may quote the request, which may contain characters that XML does not allow.
    private static XElement Text(string name, string text) =>
        new(Namespace + name, string.Concat(text.Select(static c => XmlConvert.IsXmlChar(c) ? c : '\uFFFD')));

    private static XElement? Number(string name, int? number) =>
        number is { } value ? new XElement(Namespace + name, value.ToString(CultureInfo.InvariantCulture)) : null;
}
