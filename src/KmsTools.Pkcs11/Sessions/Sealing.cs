using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>How a token is made to keep a key that it unwraps, so that it can never leave again.</summary>
internal enum SealingWay
{
    /// <summary>By the template of C_UnwrapKey, as the standard says.</summary>
    Template,

    /// <summary>By C_CopyObject, from a key that exists only in the session.</summary>
    CopyOfSessionKey,

    /// <summary>By C_CopyObject, from a key in the token, which is then destroyed.</summary>
    CopyOfTokenKey,

    /// <summary>By C_SetAttributeValue.</summary>
    Attribute,
}

/// <summary>Unwraps keys such that they are sealed, in the first way that the module honours. The caller holds the object locks.</summary>
internal static class Sealing
{
    private static readonly SealingWay[] Ways =
        [SealingWay.Template, SealingWay.CopyOfSessionKey, SealingWay.CopyOfTokenKey, SealingWay.Attribute];

    /// <summary>Unwraps a key.</summary>
    /// <param name="login">The login; it remembers the way that works.</param>
    /// <param name="session">Session.</param>
    /// <param name="unwrap">C_UnwrapKey with a template.</param>
    /// <param name="template">The template of the key, with or without CKA_MODIFIABLE false.</param>
    /// <param name="isTokenKey">Whether the key is to stay; otherwise it is for an attempt, and exists only in the session.</param>
    /// <returns>Its handle.</returns>
    /// <exception cref="CryptokiException">C_UnwrapKey failed.</exception>
    /// <exception cref="HsmException">NotPermitted: in no way is the key sealed. Nothing is left.</exception>
    public static ulong Unwrap(
        TokenLogin login,
        HsmSession session,
        Func<AttributeTemplate, (ReturnValue Result, ulong Key)> unwrap,
        Func<bool, AttributeTemplate> template,
        bool isTokenKey)
    {
        List<string> refusals = [];
        foreach (SealingWay way in login.Sealing is { } known ? [known] : Ways)
        {
            if (way == SealingWay.CopyOfTokenKey && !isTokenKey)
            {
                continue;
            }

            ulong key = UnwrapPlainly(unwrap, template, way, isTokenKey);
            ulong made = way switch
            {
                SealingWay.Template => key,
                SealingWay.Attribute => SetSeal(session, key, refusals),
                _ => Copy(session, key, isTokenKey, refusals),
            };
            KeyAttributes read = made == 0 ? default : KeyAttributes.Read(session, made);
            if (key != made)
            {
                session.Native.DestroyObject(session.Handle, key).ThrowUnlessOk();
            }

            if (read.IsSealed)
            {
                login.Sealing = way;
                return made;
            }

            if (made != 0)
            {
                session.Native.DestroyObject(session.Handle, made).ThrowUnlessOk();
                refusals.Add($"{NameOf(way)} left the key so that {read.DescribeSeal()}");
            }
        }

        login.Sealing = null;
        throw new HsmException(
            HsmFailure.NotPermitted,
            $"The token '{login.TokenLabel}' cannot keep a key that it is given so that it never leaves: {string.Join("; ", refusals)}.");
    }

    private static ulong UnwrapPlainly(
        Func<AttributeTemplate, (ReturnValue Result, ulong Key)> unwrap,
        Func<bool, AttributeTemplate> template,
        SealingWay way,
        bool isTokenKey)
    {
        bool isTemporary = way == SealingWay.CopyOfSessionKey || !isTokenKey;
        AttributeTemplate Asked(bool fixedForever) => isTemporary ? template(fixedForever).With(CKA_TOKEN, false) : template(fixedForever);
        bool mayBeFixed = way == SealingWay.Template;
        (ReturnValue result, ulong key) = unwrap(Asked(mayBeFixed));
        if (mayBeFixed && ReturnValueMap.IsTemplateRefused(result))
        {
            (result, key) = unwrap(Asked(false));
        }

        result.ThrowUnlessOk();
        return key;
    }

    private static ulong Copy(HsmSession session, ulong key, bool isTokenKey, List<string> refusals)
    {
        ReturnValue result = session.Native.CopyObject(session.Handle, key, Seal().Add(CKA_TOKEN, isTokenKey), out ulong copy);
        return result.IsOk ? copy : Refused(result, refusals);
    }

    private static ulong SetSeal(HsmSession session, ulong key, List<string> refusals)
    {
        ReturnValue result = session.Native.SetAttributeValue(session.Handle, key, Seal());
        return result.IsOk ? key : Refused(result, refusals);
    }

    private static ulong Refused(ReturnValue result, List<string> refusals)
    {
        if (ReturnValueMap.MeansLostSession(result))
        {
            throw new CryptokiException(result);
        }

        refusals.Add(result.ToString());
        return 0;
    }

    private static AttributeTemplate Seal() => new AttributeTemplate().Add(CKA_SENSITIVE, true).Add(CKA_EXTRACTABLE, false);

    private static string NameOf(SealingWay way) => way switch
    {
        SealingWay.Template => "C_UnwrapKey",
        SealingWay.Attribute => "C_SetAttributeValue",
        _ => "C_CopyObject",
    };
}
