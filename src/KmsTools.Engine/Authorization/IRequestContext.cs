namespace KmsTools.Authorization;

/// <summary>The values of a call that conditions are compared with.</summary>
internal interface IRequestContext
{
    /// <summary>The values of a condition key, or null when the call does not have it.</summary>
    /// <param name="key">The name, such as <c>kms:ViaService</c> or <c>aws:PrincipalTag/team</c>; compared regardless of case.</param>
    ConditionValues? Find(string key);

    /// <summary>
    /// The encryption context of the call, with its keys in their own case: constraints of grants compare with it. Made of the condition
    /// keys unless a context knows better.
    /// </summary>
    IReadOnlyDictionary<string, string> EncryptionContext => Find("kms:EncryptionContextKeys") is { Values: var keys }
        ? keys.ToDictionary(
            static key => key,
            key => Find("kms:EncryptionContext:" + key) is { Values: [var value, ..] } ? value : "",
            StringComparer.Ordinal)
        : new Dictionary<string, string>(StringComparer.Ordinal);
}
