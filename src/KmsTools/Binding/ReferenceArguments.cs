using KmsTools.KeyStores;

namespace KmsTools.Binding;

/// <summary>Takes grants where the ID of a grant is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class GrantArgumentAttribute() : ReferenceTransformationAttribute("A grant is named by its ID", "GrantId");

/// <summary>Takes what New-KmsGrant returned where grant tokens are asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class GrantTokenArgumentAttribute()
    : ReferenceTransformationAttribute("A grant token is text, which New-KmsGrant returns", "GrantToken");

/// <summary>Takes what names key material where its ID is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyMaterialArgumentAttribute()
    : ReferenceTransformationAttribute("Key material is named by its ID", "KeyMaterialId", "CurrentKeyMaterialId");

/// <summary>Takes findings of Get-KmsOrphanedKeyMaterial where the ID of their material is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BackingKeyArgumentAttribute()
    : ReferenceTransformationAttribute("Material in HSMs is named by its CKA_ID", "BackingKeyId");

/// <summary>Takes tags where the key of a tag is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TagKeyArgumentAttribute() : ReferenceTransformationAttribute("A tag is named by its key", "TagKey");

/// <summary>Takes backups of clusters where the ID of one is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HsmBackupArgumentAttribute()
    : ReferenceTransformationAttribute("A backup of a cluster is named by its ID", "BackupId");

/// <summary>Takes HSMs where the label of a token is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HsmArgumentAttribute()
    : ReferenceTransformationAttribute("A token is named by its label", "TokenLabel");

/// <summary>Takes HSMs, keys in them, and seals that an HSM opens, where a PKCS#11 URI is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HsmUriArgumentAttribute()
    : ReferenceTransformationAttribute("A token is named by its PKCS#11 URI", "Uri", "HsmUri")
{
    /// <summary>Whether the URI may be that of a key; else that of its token is taken.</summary>
    public bool TakesKeys { get; set; }

    private protected override string NameIn(string text) => TakesKeys ? text : HsmUri.WithoutKey(text);
}

/// <summary>Takes HSMs, clusters and files where a PKCS#11 library is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HsmLibraryArgumentAttribute()
    : ReferenceTransformationAttribute("A PKCS#11 library is named by its path", "Library", "FullName");

/// <summary>Takes clusters, their backups and custom key stores where the certificate of a cluster is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TrustAnchorArgumentAttribute()
    : ReferenceTransformationAttribute("A certificate is text, in PEM", "TrustAnchorCertificate");

/// <summary>
/// Takes principals, and what names one, where the ARN of a principal is asked for: access keys, the identity of an event and the caller of a
/// connection too.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PrincipalArgumentAttribute()
    : ReferenceTransformationAttribute(
        "A principal is named by its ARN", "Arn", "PrincipalArn", "Principal", "Caller", "UserIdentity")
{
    // Keys and aliases have an Arn too.
    private protected override bool Accepts(string text) =>
        text.Contains(":iam:", StringComparison.Ordinal) || text.Contains(":sts:", StringComparison.Ordinal);
}

/// <summary>Takes principals where the name of a user, role or group is asked for: by their ARN, which says which of these they are.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PrincipalNameArgumentAttribute()
    : ReferenceTransformationAttribute("A user, role or group is named by its name", "Arn", "PrincipalArn")
{
    private protected override bool Accepts(string text) => text.Contains(":iam:", StringComparison.Ordinal);
}

/// <summary>Takes groups where their names are asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class GroupArgumentAttribute() : ReferenceTransformationAttribute("A group is named by its name", "Arn")
{
    private const string Resource = ":group/";

    private protected override bool Accepts(string text) => text.Contains(Resource, StringComparison.Ordinal);

    private protected override string Shorten(string text) =>
        text.Contains(Resource, StringComparison.Ordinal) ? text[(text.LastIndexOf('/') + 1)..] : text;
}

/// <summary>Takes access keys, temporary credentials and those of proxies where the ID of an access key is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AccessKeyArgumentAttribute()
    : ReferenceTransformationAttribute("An access key is named by its ID", "AccessKeyId");

/// <summary>Takes alarms where the name of one is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AlarmArgumentAttribute() : ReferenceTransformationAttribute("An alarm is named by its name", "Name");

/// <summary>Takes quotas where the name of one is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class QuotaArgumentAttribute() : ReferenceTransformationAttribute("A quota is named by its name", "Name");

/// <summary>Takes VPC endpoint services, and external key stores that use one, where the name of such a service is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class VpcEndpointServiceArgumentAttribute()
    : ReferenceTransformationAttribute(
        "A VPC endpoint service is named by its name", "ServiceName", "VpcEndpointServiceName", "XksProxyVpcEndpointServiceName",
        "XksProxyConfiguration");

/// <summary>
/// Takes the addresses of proxies, and external key stores, where the host name of a proxy is asked for, and the host name of an endpoint,
/// such as https://xks.example.com.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ProxyHostArgumentAttribute()
    : ReferenceTransformationAttribute(
        "A proxy is named by its host name", "HostName", "UriEndpoint", "XksProxyUriEndpoint", "XksProxyConfiguration")
{
    private const string Scheme = "https://";

    private protected override string Shorten(string text) =>
        text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..].TrimEnd('/') : text;
}

/// <summary>Takes files, folders and what was written to one where a path is asked for.</summary>
/// <param name="properties">The properties that have the path in objects of the module, besides FullName and Path.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PathArgumentAttribute(params string[] properties)
    : ReferenceTransformationAttribute("A file or a folder is named by its path", [.. properties, "FullName", "Path"]);
