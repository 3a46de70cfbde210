using KmsTools.Databases;

[assembly: AssemblyFixture(typeof(KmsTools.StoreServerFixture))]

namespace KmsTools;

/// <summary>
/// Starts the server of all tests of a program before the first of them, so that processes which a test starts find it in their
/// environment. Otherwise each would start its own.
/// </summary>
public sealed class StoreServerFixture
{
    public StoreServerFixture()
    {
        if (TestStores.AreShared && PostgreSqlServer.IsInstalled)
        {
            _ = TestStores.Server;
        }
    }
}
