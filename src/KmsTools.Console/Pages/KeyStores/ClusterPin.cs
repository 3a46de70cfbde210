using System.Text;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.WebConsole.Sessions;

namespace KmsTools.WebConsole.Pages.KeyStores;

/// <summary>
/// The PIN files that clusters name. They serve the administrator, as they serve the cmdlets; the API demands the password itself.
/// </summary>
internal static class ClusterPin
{
    /// <summary>The password of the crypto user from the PIN file of a cluster; null when there is none.</summary>
    /// <exception cref="ArgumentException">The file cannot be used; the message says why.</exception>
    public static string? Read(ConsoleSession session, string clusterId)
    {
        using Secret? pin = session.Administration.HsmClusters.ReadPin(clusterId);
        return pin?.Use(static bytes => Encoding.UTF8.GetString(bytes));
    }

    /// <summary>
    /// Before a connect: gives a custom key store the password that the PIN file of its cluster has now, if it is another one.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="customKeyStoreId">The custom key store.</param>
    /// <param name="warnings">Receives why the file was not used, although there is one.</param>
    public static void TakeOverChanged(ConsoleSession session, string customKeyStoreId, List<string> warnings)
    {
        try
        {
            using Secret? pin = session.Administration.HsmClusters.ReadChangedPin(session.Region, customKeyStoreId);
            if (pin is not null)
            {
                session.Call(new UpdateCustomKeyStoreRequest
                {
                    CustomKeyStoreId = customKeyStoreId,
                    KeyStorePassword = pin.Use(static bytes => Encoding.UTF8.GetString(bytes)),
                });
                warnings.Add("The PIN file of the cluster has another password than the key store had: it was taken over.");
            }
        }
        catch (ArgumentException exception)
        {
            warnings.Add($"{exception.Message} The password that the key store has was used.");
        }
    }
}
