using KmsTools.Authorization;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Finds the key that encrypted a ciphertext, for Decrypt and the source side of ReEncrypt.</summary>
internal static class CiphertextSource
{
    private const string IgnoreCiphertext = nameof(DryRunModifierType.IGNORE_CIPHERTEXT);

    /// <summary>Whether a dry run leaves the ciphertext unchecked, or is made without one.</summary>
    public static bool IsIgnored(IReadOnlyList<string>? modifiers) => modifiers?.Count > 0;

    /// <summary>Refuses modifiers that are unknown or given without a dry run.</summary>
    public static void RequireModifiers(IReadOnlyList<string>? modifiers, bool? dryRun)
    {
        for (int i = 0; i < modifiers?.Count; i++)
        {
            if (modifiers[i] != IgnoreCiphertext)
            {
                throw KmsErrors.Validation(
                    $"1 validation error detected: Value '{modifiers[i]}' at 'dryRunModifiers.{i + 1}.member' failed to satisfy "
                        + $"constraint: Member must satisfy enum value set: [{IgnoreCiphertext}]");
            }
        }

        if (IsIgnored(modifiers) && dryRun != true)
        {
            throw KmsErrors.Validation("DryRunModifiers is valid only when DryRun is true.");
        }
    }

    /// <summary>The key that encrypted a ciphertext.</summary>
    /// <param name="blob">The ciphertext.</param>
    /// <param name="keyReference">The key that the request names, or null.</param>
    /// <param name="algorithm">The algorithm that the request names, or null.</param>
    /// <param name="modifiers">What a dry run leaves unchecked.</param>
    /// <param name="context">The call.</param>
    /// <param name="action">The required permission.</param>
    /// <param name="keyMember">The name of the key reference in messages.</param>
    /// <exception cref="KmsException">
    /// InvalidCiphertextException: the blob is damaged or foreign. IncorrectKeyException: another key encrypted it. AccessDeniedException:
    /// its key no longer exists.
    /// </exception>
    public static ResolvedKey FindKey(
        byte[]? blob,
        string? keyReference,
        string? algorithm,
        IReadOnlyList<string>? modifiers,
        OperationContext context,
        string action,
        string keyMember)
    {
        bool ignored = IsIgnored(modifiers);
        bool namesKey = KeyCipher.CiphertextNamesKey(algorithm);
        if ((ignored || !namesKey) && keyReference is null)
        {
            throw KmsErrors.Validation(
                $"1 validation error detected: Value null at '{keyMember}' failed to satisfy constraint: Member must not be null");
        }

        if (blob is null && !ignored)
        {
            throw KmsErrors.Validation(
                "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null");
        }

        ResolvedKey? named = keyReference is null ? null : context.ResolveKey(keyReference, KeyReferenceForms.Any, action);
        if (blob is null || ignored || !namesKey)
        {
            return named!.Value;
        }

        string keyId = context.Services.Cipher.ReadHeader(blob).KeyId;
        if (named is { } key)
        {
            return key.Key.KeyId == keyId ? key : throw KmsErrors.IncorrectKey();
        }

        return new ResolvedKey(context.State.FindKey(context.Region, keyId)
            ?? throw KmsErrors.CiphertextKeyNotAccessible(context.Caller.PrincipalArn, action));
    }

    /// <summary>How messages name the key of a ciphertext.</summary>
    /// <param name="keyReference">The key that the request names, or null.</param>
    public static PermissionSubject SubjectOf(string? keyReference) =>
        keyReference is null ? PermissionSubject.Ciphertext : PermissionSubject.Resource;
}
