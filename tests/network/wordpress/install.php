<?php
/* Makes the tables with WordPress's own function, and prints an application password of its administrator. */
$tables = new mysqli('localhost', 'root', '', '', 0, getenv('SITE_SOCKET'));
$tables->query('CREATE DATABASE wordpress CHARACTER SET utf8mb4');
$_SERVER['HTTP_HOST'] = parse_url(getenv('SITE_ADDRESS'), PHP_URL_HOST);
$_SERVER['SERVER_NAME'] = $_SERVER['HTTP_HOST'];
$_SERVER['REQUEST_URI'] = '/';
define('WP_INSTALLING', true);
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
$made = wp_install('Herad kommune', 'admin', 'admin@herad.example', true, '', 'a-long-password-of-a-test');
update_option('permalink_structure', '/%postname%/');
update_option('timezone_string', 'Europe/Oslo');
switch_theme('twentytwentythree');
flush_rewrite_rules(false);
[$password] = WP_Application_Passwords::create_new_application_password($made['user_id'], ['name' => 'tests']);
echo json_encode(['password' => $password, 'version' => $wp_version]);
