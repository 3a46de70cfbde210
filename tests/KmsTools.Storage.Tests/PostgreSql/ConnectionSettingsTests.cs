using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql;
using Npgsql;

namespace KmsTools.Storage.Tests.PostgreSql;

public sealed class ConnectionSettingsTests
{
    [Fact]
    public void Parse_RemoteHost_HasTheDefaultsOfAStore()
    {
        ConnectionSettings settings = Parse("Host=db1;Database=kms;Username=kms");
        NpgsqlConnectionStringBuilder builder = new(settings.ConnectionString);
        Assert.Equal(
            (SslMode.VerifyFull, 1, 3, 10, 400, "KmsTools", false, -1, true),
            (builder.SslMode, builder.Timeout, builder.CommandTimeout, builder.KeepAlive, builder.MaxAutoPrepare, builder.ApplicationName,
                builder.Enlist, builder.CancellationTimeout, builder.NoResetOnClose));
        Assert.Equal("-c lock_timeout=1500 -c idle_in_transaction_session_timeout=15000", builder.Options);
        Assert.False(builder.IncludeErrorDetail || builder.LogParameters || builder.PersistSecurityInfo);
        Assert.Equal("Host=db1;Port=5432;Database=kms", settings.Location);
    }

    [Theory]
    [InlineData("Host=localhost;Database=kms")]
    [InlineData("Host=127.0.0.1:5433,[::1]:5434;Database=kms")]
    [InlineData("Host=/var/run/postgresql;Database=kms")]
    public void Parse_HostsOfThisMachine_NeedNoTls(string text) =>
        Assert.Equal(SslMode.Prefer, new NpgsqlConnectionStringBuilder(Parse(text).ConnectionString).SslMode);

    [Fact]
    public void Parse_OneOfTwoHostsIsRemote_IsVerified() => Assert.Equal(
        SslMode.VerifyFull, new NpgsqlConnectionStringBuilder(Parse("Host=localhost,db2;Database=kms").ConnectionString).SslMode);

    [Fact]
    public void Parse_SeveralHosts_UsesThePrimary()
    {
        ConnectionSettings settings = Parse("Server=a, b:5433,c;DB=kms;User Id=u;SslMode=Require;Search Path=keys;Options=-c geqo=off");
        Assert.Equal(["a", "b:5433", "c"], settings.Hosts);
        Assert.Equal(TargetSessionAttributes.ReadWrite, settings.Target);
        NpgsqlConnectionStringBuilder builder = new(settings.ConnectionString);
        Assert.Null(builder.TargetSessionAttributes);
        Assert.Equal((SslMode.Require, 1, "u", "keys"), (builder.SslMode, builder.Timeout, builder.Username, builder.SearchPath));
        Assert.StartsWith("-c geqo=off -c lock_timeout=", builder.Options, StringComparison.Ordinal);
        Assert.Equal("Host=a, b:5433,c;Port=5432;Database=kms;Search Path=keys", settings.Location);
        Assert.Equal(TargetSessionAttributes.Primary, Parse("Host=a,b;Database=k;Target Session Attributes=primary").Target);
    }

    [Theory]
    [InlineData("Password")]
    [InlineData("pwd")]
    [InlineData("PSW")]
    public void Parse_Password_IsRefusedAndNotShown(string name)
    {
        StateStoreException exception = Assert.Throws<StateStoreException>(() => Parse($"Host=db1;Database=kms;{name}=s3cret"));
        Assert.Equal(SharedStoreFault.PasswordInConnectionString, exception.SharedFault);
        Assert.DoesNotContain("s3cret", exception.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("The connection string must not contain 'P", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Hots=db1;Database=kms", "The connection string contains 'hots', which is not a setting of a shared store. Did you mean 'Host'?")]
    [InlineData("Host=db1;Databse=kms", "The connection string contains 'databse', which is not a setting of a shared store. Did you mean 'Database'?")]
    [InlineData("Host=db1;Colour=red", "The connection string contains 'colour', which is not a setting of a shared store.")]
    [InlineData("Host=db1", "The connection string names no Database, the database. Write, for example: Host=db1;Database=kms;Username=kms")]
    [InlineData("Database=kms", "The connection string names no Host, the server of the database. Write, for example: Host=db1;Database=kms;Username=kms")]
    [InlineData("Host=db1;Database=kms;Port=s3cret", "The value of 'Port' in the connection string is not one that it can have.")]
    [InlineData("Host=db1;Database=kms;SSL Mode=s3cret", "The value of 'SSL Mode' in the connection string is not one that it can have.")]
    [InlineData("Host=db1;Database=kms;Command Timeout=0", "The value of 'Command Timeout' in the connection string must be between 1 and 60.")]
    [InlineData("Host=db1;Database=kms;Max Pool Size=3", "The value of 'Maximum Pool Size' in the connection string must be between 12 and 1000.")]
    [InlineData("Host=db1;Server=db2;Database=kms", "The connection string has 'Host' twice, by two of its names. Leave one out.")]
    [InlineData("Host=db1;Database=kms;Enlist=true", "The connection string must not contain 'Enlist'. The store has its own transactions.")]
    [InlineData("Host=db1;Database=kms;Include Error Detail=true", "The connection string must not contain 'Include Error Detail'. It would put the content of records into errors.")]
    [InlineData("Host=db1;Database=kms;Target Session Attributes=standby", "The value of 'Target Session Attributes' in the connection string must be read-write or primary: a store is not used on a server that accepts no changes.")]
    [InlineData("Host=db1;Database", "The connection string is malformed. Write pairs with semicolons between two, such as: Host=db1;Database=kms;Username=kms")]
    public void Parse_WhatCannotBeUsed_IsRefusedWithWhatToWrite(string text, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Parse(text)).Message);

    [Fact]
    public void Connections_PasswordFileThatOthersCanRead_IsRefused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has other permissions.");
            return;
        }

        string file = Path.GetTempFileName();
        File.WriteAllText(file, "s3cret\n");
        SharedStoreOptions options = new() { ConnectionString = "Host=db1;Database=kms", PasswordFile = file };
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal(
            $"The password file {file} can be read or written by others than its owner. Take their permissions away: chmod 600 '{file}'.",
            Assert.Throws<StateStoreException>(() => new Connections(options)).Message);
        StateStoreException passfile = Assert.Throws<StateStoreException>(
            () => new Connections(new SharedStoreOptions { ConnectionString = $"Host=db1;Database=kms;Passfile={file}" }));
        Assert.Equal(
            $"The file of passwords '{file}' can be read or written by others than its owner. Take their permissions away: chmod 600 '{file}'.",
            passfile.Message);
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        new Connections(options).Dispose();
        File.Delete(file);
        Assert.Equal(
            $"The password file {file} does not exist.", Assert.Throws<StateStoreException>(() => new Connections(options)).Message);
    }

    private static ConnectionSettings Parse(string text) => ConnectionSettings.Parse(new SharedStoreOptions { ConnectionString = text });
}
