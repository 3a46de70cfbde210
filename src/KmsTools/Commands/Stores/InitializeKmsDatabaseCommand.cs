using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Prepares a PostgreSQL database for a store that several machines share.</summary>
/// <remarks>
/// Makes the tables of a store, or brings those of an earlier version to this one; does nothing where that is done. Run it once before the
/// first Connect-Kms -ConnectionString, and after each update of KmsTools, as a role that may create tables in the schema (its owner).
/// Machines then use the store as another role, which -Role gives the rights to read and write the rows of these tables, and no others. The
/// roles and the database are made with the tools of PostgreSQL. Nothing of the store itself is made: no key, and no root key. See
/// about_KmsTools_SharedStore.
/// </remarks>
/// <example>
/// <code>
/// Initialize-KmsDatabase -ConnectionString 'Host=db1.example.com;Database=kms;Username=kms_owner' -Role kms_app
/// </code>
/// <para>Makes the tables, or updates them, and lets the role kms_app use them.</para>
/// </example>
/// <example>
/// <code>
/// Initialize-KmsDatabase -ConnectionString 'Host=db1.example.com;Database=kms;Username=kms_owner' -PasswordFile ./owner.password -WhatIf
/// </code>
/// <para>Shows what would be prepared, without connecting.</para>
/// </example>
[Cmdlet(VerbsData.Initialize, "KmsDatabase", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(DatabaseInitialization))]
public sealed class InitializeKmsDatabaseCommand : KmsCmdlet
{
    /// <summary>
    /// The database, with a role that may create tables in it, such as 'Host=db1;Database=kms;Username=kms_owner'. Search Path=... chooses a
    /// schema. A password in it is refused.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string ConnectionString { get; set; } = "";

    /// <summary>The role of the database that is to use the store. It exists already. By default no other role gets any right.</summary>
    [Parameter]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Role { get; set; }

    /// <summary>
    /// A file with the password of the role in the connection string, which only its owner can read. The default is the file that the
    /// variable KMSTOOLS_PASSWORD_FILE names, and then what other programs of PostgreSQL use: PGPASSWORD and ~/.pgpass.
    /// </summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PasswordFile { get; set; }

    private protected override object? Subject => ConnectionString;

    private protected override void Process()
    {
        SharedStoreOptions options = new SharedStoreOptions
        {
            ConnectionString = ConnectionString,
            PasswordFile = PasswordFile is null ? null : ResolvePath(PasswordFile),
        }.WithFilesOfEnvironment();
        IStoreDatabases databases = StoreChoice.Databases();
        string rights = Role is null ? "" : $", and give the role {Role} the rights to use it";
        if (ConfirmAction($"Make or update the tables of a store in {databases.Locate(options)}{rights}"))
        {
            WriteObject(new CallProgress(this, "Preparing the database").Run(() => databases.Initialize(options, Role)));
        }
    }
}
