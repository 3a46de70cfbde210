using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Keys that other software has made, found by what their owner calls them. The caller holds the object locks.</summary>
internal static class NamedKeys
{
    // A pair of keys has one name; its private half is the one that can be asked about.
    private static readonly CKO[] Classes = [CKO_SECRET_KEY, CKO_PRIVATE_KEY];

    /// <summary>The handle of the only key with a name; 0 if there is none.</summary>
    /// <exception cref="HsmException">Ambiguous: several keys have it.</exception>
    /// <exception cref="CryptokiException">The HSM did not answer the query, which says nothing about the key.</exception>
    public static ulong Find(TokenLogin login, HsmSession session, KeyName name)
    {
        foreach (CKO type in Classes)
        {
            List<ulong> found = Search.Sure(login, session, Template(type, name));
            if (found.Count > 1)
            {
                throw new HsmException(
                    HsmFailure.Ambiguous,
                    $"{found.Count} keys of the token '{login.TokenLabel}' have the {name}. Give them different names, or name one by its "
                        + "CKA_ID.");
            }

            if (found.Count == 1)
            {
                return found[0];
            }
        }

        return 0;
    }

    private static AttributeTemplate Template(CKO type, KeyName name)
    {
        AttributeTemplate template = new AttributeTemplate().Add(CKA_CLASS, type).Add(CKA_TOKEN, true);
        template = name.Label is null ? template : template.Add(CKA_LABEL, Encoding.UTF8.GetBytes(name.Label));
        return name.Id is null ? template : template.Add(CKA_ID, Convert.FromHexString(name.Id));
    }
}
